"""Durable workflows: import, spotting and training. Each step may be repeated after a kill, and changes nothing then.

A workflow reads and writes Glint's tables through services and does its work through spotcore; only the worker
imports this package.
"""
