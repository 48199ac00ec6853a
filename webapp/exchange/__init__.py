"""Readers and writers of formats that other programs know; conversions happen here, at the door."""
