"""Boxes to tick and circles to choose, whose state can be seen without colour."""

from textual.content import Content
from textual.widgets import Checkbox, RadioButton


class Tick(Checkbox):
    """[x] or [ ]."""

    @property
    def _button(self) -> Content:
        return Content("[x]" if self.value else "[ ]")


class Circle(RadioButton):
    """(*) or ( )."""

    @property
    def _button(self) -> Content:
        return Content("(*)" if self.value else "( )")
