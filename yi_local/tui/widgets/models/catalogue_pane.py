"""The catalogue: models that somebody has looked at, with what each is for."""

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from yi_local.assistant.welcome.catalogue_fit import Fit, fit_words
from yi_local.catalogue.model import Catalogue, Model
from yi_local.language import mark
from yi_local.text import clean
from yi_local.tui.widgets.models.list_pane import ListPane
from yi_local.tui.widgets.models.row_table import Head, Row, RowTable

_HEADS = (
    Head(mark("model"), widest=28),
    Head(mark("size"), to_right=True),
    Head(mark("here"), goes=1),
    Head(mark("licence"), goes=3, widest=14),
    Head(mark("what for"), grows=True, least=14, goes=2),
)


class CatalogueTable(RowTable):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select_cursor", mark("Its quants"))]


class CataloguePane(ListPane):
    DEFAULT_CSS = """
    CataloguePane #catalogue-told { height: auto; padding: 0 1; color: $warning; }
    """

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__(id="catalogue")
        self._catalogue = catalogue
        self._fits: Mapping[str, Fit] = {}

    def compose(self) -> ComposeResult:
        yield CatalogueTable(_HEADS, id="catalogue-table")
        problems = self._catalogue.problems  # of a person's own files
        if problems:
            text = "\n".join(map(str, problems))
            yield Static(Content(clean(text)), id="catalogue-told")

    def on_mount(self) -> None:
        self._fill()

    def show_fits(self, fits: Mapping[str, Fit]) -> None:
        """By the models' ids."""
        self._fits = fits
        self._fill()

    @property
    def current(self) -> Model | None:
        key = self.table.current_key
        return self._catalogue.by_id(key) if key is not None else None

    def go_to(self, model_id: str) -> bool:
        return self.table.go_to(model_id)

    def _fill(self) -> None:
        self.table.fill([self._row(model) for model in self._catalogue.models])

    def _row(self, model: Model) -> Row:
        fit = self._fits.get(model.id)
        return Row(
            model.id,
            (
                model.name,
                parameters(model.n_params),
                fit_words(fit) if fit is not None else "",
                model.licence.id.removeprefix("LicenseRef-"),
                model.summary,
            ),
        )


def parameters(count: int | None) -> str:
    """ "6.1B", as models are named after it."""
    if not count:
        return "?"
    billions = count / 1e9
    return f"{billions:.0f}B" if billions >= 9.95 else f"{billions:.1f}B"
