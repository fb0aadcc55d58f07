"""A scrolled container that keeps the reader's place while things grow and go around it."""

from textual.containers import VerticalScroll
from textual.geometry import Region, Size
from textual.layout import DockArrangeResult
from textual.widget import Widget


class ReadingPlace(VerticalScroll, can_focus=False):
    """Either follows the end, or holds the first widget that is seen where it is.

    Both are done while the layout is made, so that no frame shows anything else; Textual's own
    anchor does the first only. Scrolling up stops following, scrolling to the end begins it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.following = True
        self.regions: dict[Widget, Region] = {}  # of the children, by the last layout
        self.rows = 0
        self._held: tuple[Widget, int] | None = None  # a child, and the row of the view it is on

    @property
    def ends_here(self) -> bool:
        """Whether what is mounted is the end, worth to be followed."""
        return True

    def is_text(self, widget: Widget) -> bool:
        """Whether a reader reads it; what only stands at an edge is no place to hold."""
        return True

    def hold(self, widget: Widget, row: int) -> None:
        """This widget's top stays on that row of the view, from the next layout on."""
        self.following = False
        self._held = (widget, row)

    def begin_anew(self) -> None:
        """Its children have gone, though no layout has shown that yet."""
        self.regions, self.rows, self._held = {}, 0, None
        self._place(0)

    def follow(self) -> None:
        """Goes to the end and stays there."""
        self.following = True
        self.refresh(layout=True)

    def arrange(self, size: Size, optimal: bool = False) -> DockArrangeResult:
        result = super().arrange(size, optimal)
        if not optimal:
            self.regions = {placed.widget: placed.region for placed in result.placements}
            self.rows = result.total_region.bottom
            self._keep_place(size.height)
        return result

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Only a person's scrolling comes here, and the clamping to what is mounted."""
        super().watch_scroll_y(old_value, new_value)
        self.following = self.ends_here and new_value >= self.max_scroll_y
        self._held = self._at(round(new_value))

    def _keep_place(self, height: int) -> None:
        last = max(self.rows - height, 0)
        if self.following:
            self._place(last)
        elif self._held is not None and self._held[0] in self.regions:
            widget, row = self._held
            self._place(min(max(self.regions[widget].y - row, 0), last))

    def _place(self, y: int) -> None:
        if round(self.scroll_y) != y:
            self.set_reactive(Widget.scroll_y, float(y))
            self.set_reactive(Widget.scroll_target_y, float(y))

    def _at(self, y: int) -> tuple[Widget, int] | None:
        for widget, region in self.regions.items():
            if region.bottom > y and region.height and self.is_text(widget):
                return widget, region.y - y
        return None
