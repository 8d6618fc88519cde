"""Formats: ``inspect`` looks into one content file. See ``examine`` for the contract."""

from filing.adapters.formats.examine import inspect

__all__ = ["inspect"]
