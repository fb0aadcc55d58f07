"""What is known of a model before its repository is asked."""

from yi_local.assistant.card.card_words import language_names
from yi_local.catalogue.model import Model
from yi_local.hub.repo import Found
from yi_local.language import tr
from yi_local.text import human_bytes, one_line
from yi_local.tui.widgets.models.facts import Line


def about_model(model: Model) -> list[Line]:
    repo = model.recommended_repo
    lines: list[Line] = ["# " + model.name, model.summary, ""]
    if repo is None:
        made = model.original_huggingface or model.original_modelscope or tr("unknown")
        lines.append(
            tr("No GGUF repository of it is known; its makers publish it as {name}.", name=made)
        )
    else:
        lines.append(tr("Enter lists its quants, and what each takes on this machine."))
    lines += ["", (tr("licence"), f"{model.licence.id}  {model.licence.url}")]
    if model.n_params:
        lines.append((tr("parameters"), f"{model.n_params:,}"))
    if model.n_ctx_train:
        lines.append((tr("context"), tr("{n} tokens, as trained", n=f"{model.n_ctx_train:,}")))
    lines.append((tr("languages"), language_names(model) or tr("unknown")))
    if model.maker:
        lines.append((tr("maker"), model.maker))
    if repo is not None:
        lines.append((tr("from"), f"{repo.id} ({repo.host})"))
        sizes = [
            f"{file.quant} {human_bytes(file.size_bytes)}" if file.size_bytes else file.quant
            for file in repo.files
        ]
        if sizes:
            lines.append((tr("quants"), tr(", ").join(sizes)))
    return [*lines, *(("", remark) for remark in model.remarks)]


def about_found(found: Found) -> list[Line]:
    lines: list[Line] = ["# " + one_line(found.repo_id), ""]
    lines.append(tr("Enter lists its quants, and what each takes on this machine."))
    lines.append("")
    if found.n_params:
        lines.append((tr("parameters"), f"{found.n_params:,}"))
    if found.architecture:
        lines.append((tr("architecture"), one_line(found.architecture)))
    if found.downloads is not None:
        lines.append((tr("downloads"), f"{found.downloads:,}"))
    if found.likes is not None:
        lines.append((tr("likes"), f"{found.likes:,}"))
    if found.updated:
        lines.append((tr("updated"), one_line(found.updated)))
    if found.gated:
        lines.append((tr("gated"), tr("its makers ask who you are")))
    return lines
