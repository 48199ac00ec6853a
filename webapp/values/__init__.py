"""What services return and take: frozen dataclasses without any database behind them, times in UTC.

They lie below `mapping`, which makes them from rows; every service module hands on the ones it uses.
"""
