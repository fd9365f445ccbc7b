"""Colours of pictures and pages."""

from __future__ import annotations

# Seven colours that the colour-blind tell apart (M. Okabe and K. Ito, "Color universal
# design", 2008), dark ones first; their yellow is too pale for lines on white.
COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
)

GREY = "#666666"

# What was predicted wrongly, as the reports of the students marked it.
WRONG = "#C00000"
