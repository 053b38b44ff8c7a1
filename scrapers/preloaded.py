"""Imported by the process that extraction's are forked from: what they share is loaded once.

Half a second and a hundred megabytes of libraries and tables would else be spent in each.
"""

from __future__ import annotations

from scrapers.extraction import read_first_page

read_first_page()
