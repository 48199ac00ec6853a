"""The questions that the papers leave open, as experiments anyone can run: `python -m spotcore experiment NAME`.

One experiment is a table of conditions, a function that measures one of them with one seed, and the figures to compare
(`experiment`); `running` keeps finished cells, `figures` adds them up, `pages` writes table and chart. What is asked
stands in one module per family of questions; what came out, on our synthetic corpora, in spotcore/EXPERIMENTS.md.
"""
