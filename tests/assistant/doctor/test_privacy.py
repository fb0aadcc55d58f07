"""What is taken out of a text that others will read."""

import pytest

from yi_local.assistant.doctor.privacy import Privacy

ALICE = Privacy(["/home/alice", "/data/homes/alice", "/"], ["alice", "root", ""])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/home/alice/.cache", "~/.cache"),
        ("/home/alice", "~"),
        ("'/home/alice/x.so': /home/alice/y.so", "'~/x.so': ~/y.so"),
        ("/data/homes/alice/models", "~/models"),
        ("/home/alice2/.cache", "/home/alice2/.cache"),
        ("/mnt/home/alice/x", "/mnt/home/<user>/x"),  # not her home: another folder's tail
        ("/scratch/alice", "/scratch/<user>"),
        ("/scratch/malice/alicent", "/scratch/malice/alicent"),
        (r"C:\\Users\\Alice\\yi", r"C:\\Users\\<user>\\yi"),
        ("alice in chains", "alice in chains"),  # a name only where it is a folder's
        ("/srv/x", "/srv/x"),
        ("/", "/"),
        ("", ""),
    ],
)
def test_homes_and_names_are_concealed(text: str, shown: str) -> None:
    assert ALICE.conceal(text) == shown


def test_a_home_on_windows_is_found_whatever_the_case() -> None:
    bob = Privacy([r"C:\Users\Bob"], ["bob"])
    assert bob.conceal(r"c:\users\bob\yi\python.exe") == r"~\yi\python.exe"


def test_names_with_signs_of_their_own_are_no_patterns() -> None:
    dotted = Privacy(["/home/a.b+c"], ["a.b+c"])
    assert (
        dotted.conceal("/home/a.b+c/x /srv/a.b+c /home/aXbbc/x") == "~/x /srv/<user> /home/aXbbc/x"
    )
