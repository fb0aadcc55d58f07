from dataclasses import replace

import pytest

from tests.planner.advisor import yi
from yi_local.planner.plan import ModelFile
from yi_local.planner.quality import (
    has_few_bits,
    is_below_q6,
    is_q3_class,
    kld,
    quality_cost,
)

YI = yi("Yi-6B", "Q4_K_M")


def of_size(bits_per_weight: float, quant: str | None = None) -> ModelFile:
    return replace(YI, quant=quant, weights_bytes=int(bits_per_weight * YI.n_params / 8))


def test_a_quant_of_the_table_costs_what_was_measured() -> None:
    assert kld(replace(YI, quant="Q6_K")) == 0.005452
    assert kld(replace(YI, quant="IQ3_XXS")) == 0.183625


def test_an_importance_matrix_counts_where_both_were_measured() -> None:
    assert kld(replace(YI, imatrix=True)) == 0.028152
    assert kld(replace(YI, imatrix=False)) == 0.031273
    assert kld(replace(YI, quant="Q6_K", imatrix=False)) == 0.005452


def test_a_name_outside_the_table_is_judged_by_its_bits() -> None:
    dynamic = kld(of_size(4.8944, "UD-Q4_K_XL"))
    assert dynamic == pytest.approx(0.028152)
    between = kld(of_size(6.1, "UD-Q5_K_XL"))
    assert 0.005452 < between < 0.010762
    assert kld(of_size(1.2)) == pytest.approx(2.254554)


def test_fewer_bits_never_cost_less() -> None:
    costs = [kld(of_size(bits / 10)) for bits in range(10, 170)]
    assert costs == sorted(costs, reverse=True)


def test_nothing_is_better_than_q8_0() -> None:
    assert kld(replace(of_size(16), quant="F16")) == kld(replace(YI, quant="Q8_0"))


def test_models_trained_on_fewer_tokens_suffer_less() -> None:
    llama_2, llama_3 = replace(YI, n_vocab=32_000), replace(YI, n_vocab=128_256)
    assert quality_cost(llama_2) < quality_cost(YI) < quality_cost(llama_3) == kld(llama_3)
    assert quality_cost(replace(YI, n_vocab=None)) == kld(YI)


def test_the_classes_have_their_borders_where_memory_md_draws_them() -> None:
    def with_quant(quant: str) -> ModelFile:
        return replace(YI, quant=quant, imatrix=True)

    assert not is_q3_class(with_quant("IQ4_XS"))
    assert is_q3_class(with_quant("Q3_K_L"))
    assert not is_below_q6(with_quant("Q6_K"))
    assert is_below_q6(with_quant("Q5_K_M"))
    assert has_few_bits(yi("Yi-34B", "IQ2_M"))
    assert not has_few_bits(yi("Yi-34B", "Q3_K_M"))
