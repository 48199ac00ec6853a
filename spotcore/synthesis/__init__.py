"""Synthetic expressions of known size and time: rendered clips, spiked footage, spiked traces.

Nothing here is real footage. The only picture used for data that ships is the astronaut of scikit-image (NASA, public
domain); other pictures are given by the caller. Finding expressions belongs to the rest of spotcore.
"""
