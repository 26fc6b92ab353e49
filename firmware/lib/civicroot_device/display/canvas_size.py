"""Size of a page. Apart from canvas.py, because CPython has no framebuf and the driver needs none."""

SIDE = 200  # pixels
BYTES = SIDE * SIDE // 8
