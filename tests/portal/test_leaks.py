"""The leak matrix: every officer of the cast, and nobody, × every route, action, picker and interface × own row,
foreign row, absent row. Generated from the portal's route map (`tests/support/matrix.py`); nothing is listed here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import DATABASES
from tests.support import matrix, office, world
from tests.support.office import Office


class Ground:
    """The planted office, and the way back to it after a request that changed something."""

    def __init__(self, made: Office) -> None:
        self.office, self.app = made, made.fresh()
        self.world = world.plant(self.app)
        self.kept = made.keep()
        self.asks = matrix.questions(self.app, self.world)
        self.granted = matrix.permissions()

    def restore(self) -> None:
        self.office.back_to(self.kept)


@pytest.fixture(scope="module", params=DATABASES)
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    made: Office = request.getfixturevalue(f"{request.param}_office")
    with pytest.MonkeyPatch.context() as patch:
        # papers are drawn elsewhere; here their content is enough
        patch.setattr(
            "app.documents.operations.rendered", lambda paper: f"%PDF {paper.title} {paper.body}".encode()
        )
        patch.setattr("app.documents.worker.printed", lambda paper: f"%PDF {paper}".encode())
        yield Ground(made)
    made.close()


@pytest.mark.parametrize("who", [None, *office.CAST], ids=str)
def test_nobody_sees_what_is_not_theirs(ground: Ground, who: str | None, record_property) -> None:
    ground.restore()
    client = office.signed_in(ground.app, who) if who else ground.app.test_client()
    granted = ground.granted[who] if who else frozenset()
    asked = matrix.for_officer(ground.asks, who, granted)
    wrong: list[str] = []
    for ask in asked:
        answer = matrix.send(client, ask)
        wrong += matrix.faults(ask, answer, who, granted, ground.world)
        if ask.method != "GET" and answer.status_code == 302:
            ground.restore()
    record_property("leak_checks", len(asked))
    assert not wrong, f"{len(wrong)} faults in {len(asked)} answers:\n" + "\n".join(wrong[:40])
