"""What can go wrong when a local stack starts, said so that a person knows what to do next."""


class StackProblem(Exception):
    """The stack cannot start or go on. what: what happened and why; next_step: what the person can do."""

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(f"{what}\n{next_step}")
        self.what = what
        self.next_step = next_step
