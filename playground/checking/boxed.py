r"""The result that an answer puts in a box: \boxed{...}."""
from __future__ import annotations

import re

# A box, an escaped sign (\{ is no brace), a brace. One pass, so that a thousand open boxes cost no more than one.
_MARK = re.compile(r"\\(?:f?boxed|fbox)(?![A-Za-z])\s*(?:(?P<open>\{)|(?P<bare>[^\s{}$\\.,;:!?]+))?|\\.|[{}]",
                   re.DOTALL)


def boxed(answer: str) -> str | None:
    r"""The text in the last complete `\boxed{...}` (or `\fbox{...}`, or `\boxed 7`); None if there is none."""
    waiting = list[int]()                    # where what an open brace holds begins; 0 if it is no box
    last, text = 0, None
    for mark in _MARK.finditer(answer):
        if mark["open"]:
            waiting.append(mark.end())
        elif mark["bare"] and mark.end() > last:
            last, text = mark.end(), mark["bare"]
        elif mark[0] == "{":
            waiting.append(0)
        elif mark[0] == "}" and waiting:
            start = waiting.pop()
            if start > last:
                last, text = start, answer[start:mark.start()].strip()
    return text
