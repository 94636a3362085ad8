"""Order received to effect at agora, played by a scripted person who answers the five questions at once.

Both services run as they do in `entente demo`: Entente with its two web workers and its worker, agora beside it, each
a process of its own. What is measured is machine time: signed order out, receipt in, the one key pressed, 451 seen by
a visitor of agora, feedback in the outbox of the authority.

    python -m bench.loop --orders 5
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.serve import free_port, machine

MOST_SECONDS = 10.0
PATIENCE_SECONDS = 60.0
POSTS = (
    "ember-call",
    "ember-call-fr",
    "ember-call-ar",
    "tide-summons",
    "furrow-oath",
    "ember-parody",
    "toll-polemic",
)


def until(look: Callable[[], Any]) -> Any:
    """Wait for something, looking every 10 ms."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.01)
    raise SystemExit("did not happen within a minute")


def play(plan: Any, post: str, number: int) -> dict[str, float]:
    """Play one order; return the seconds from the beginning to each step."""
    from entente.apps.kernel import clock
    from entente.apps.orders import queries, services
    from entente.cli.demo import authority
    from entente.cli.demo.programme import YES, status_at_agora
    from entente.cli.demo.world import person

    form = authority.order_form(
        "belmara", post, reference=f"BENCH-{number}", kind="a_incites", reasons="EXERCISE: a measured order."
    )
    on_call = person("on_call").actor
    began = time.monotonic()
    status, answer = authority.send(plan, "belmara", form)
    if status != 201:
        raise SystemExit(f"the order was answered {status}: {answer}")
    steps = {"receipt": time.monotonic() - began}
    order_id = UUID(answer["id"])
    services.execute_order(order_id=order_id, answers=YES, actor=on_call, at=clock.now())
    steps["key pressed"] = time.monotonic() - began
    until(lambda: status_at_agora(plan, post) == 451)
    steps["451 at agora"] = time.monotonic() - began
    until(lambda: queries.answers_of(order_id))
    steps["feedback written"] = time.monotonic() - began
    return steps


def main() -> int:
    """Start both services, play, print; return 1 when the effect took longer than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=5)
    asked = parser.parse_args()
    print(machine())
    from entente.cli.demo import stage
    from entente.cli.init import initialise
    from entente.cli.surroundings import use_data_dir

    with tempfile.TemporaryDirectory(prefix="entente-bench-") as name:
        plan = stage.Plan(folder=Path(name) / "loop", port=free_port(), agora_port=free_port())
        plan.folder.mkdir()
        stage.write_configuration(plan)
        use_data_dir(plan.data_dir)
        initialise(plan.data_dir)
        from entente.cli.demo import world

        world.create(plan)
        with stage.Stage(plan) as running:
            running.wait_until_ready()
            played = [
                play(plan, POSTS[number % len(POSTS)], number)
                for number in range(min(asked.orders, len(POSTS)))
            ]
    for step in played[0]:
        times = [steps[step] for steps in played]
        print(f"{step}: median {statistics.median(times):.2f} s, worst {max(times):.2f} s of {len(times)}")
    worst = max(steps["451 at agora"] for steps in played)
    print(f"order received to effect at agora: worst {worst:.2f} s (at most {MOST_SECONDS:.0f} s)")
    print(f"load average now: {', '.join(f'{value:.1f}' for value in os.getloadavg())}")
    return 0 if worst <= MOST_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
