"""A few drawers that every picture of the project is made with: calm, readable in print, in either direction.

The colours are those of Okabe & Ito (2008), which people with the common forms of colour blindness can tell apart;
the layout follows Cleveland (1984, The American Statistician 38:261-269): positions on a common scale, one row a label,
the numbers themselves in a column beside it. No pyplot state: a picture is a `matplotlib.figure.Figure` of its own.

In right-to-left languages the labels stand on the right and bars grow from them; scales of numbers keep their
left-to-right order, as Persian mathematics writes them.
"""

from cemlab.plots.axes import FONTS, PALETTE, finish, new_axes, write
from cemlab.plots.planes import heatmap, lines
from cemlab.plots.rows import bars, dumbbells, intervals

__all__ = ["FONTS", "PALETTE", "bars", "dumbbells", "finish", "heatmap", "intervals", "lines", "new_axes", "write"]
