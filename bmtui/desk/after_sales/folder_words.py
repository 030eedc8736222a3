"""Plain words for the keys that Back Market writes into after-sales folders (API §9); JSON and CSV keep the keys.

Back Market publishes no list of them: these are the keys of its examples and those seen in traffic. An unknown one is
shown as it came. Words of an issue are those of its key, so that a search for what is shown finds the folder.
"""

from __future__ import annotations

from bmtui.channel.care import CareLine
from bmtui.channel.uploads import PROBLEM_TYPES

AUTHORS = {"Merchant": "Seller", "Client": "Customer", "BackMarket": "Back Market"}
"""Names of those who write into a folder, by `initiator`."""

WORDS = {
    # Issues of customers, and the tags of their kinds.
    "BATTERY_NOT_CHARGING": "battery not charging",
    "SCREEN_SCRATCHED": "screen scratched",
    "CHANGED_MY_MIND": "changed my mind",
    "TECHNICAL": "technical",
    "APPEARANCE": "appearance",
    "DELIVERY": "delivery",
    "WITHDRAWAL": "withdrawal",
    # Choices of customers.
    "REFUND": "a refund",
    "REPAIR": "a repair",
    "REPLACE": "a replacement",
    "NOTHING": "nothing",
    # Warranty states, as they are declared when the folder is opened.
    "IN_WARRANTY": "declared in warranty",
    "WATER_OR_DROPPED": "declared wet or dropped",
    # States of a return label.
    "ALIVE": "can be used",
    # Directions of a message.
    "CLIENT_TO_MERCHANT": "customer to seller",
    "MERCHANT_TO_ALL": "seller to all",
    "BACKMARKET_TO_ALL": "Back Market to all",
} | {key: name[0].lower() + name[1:] for key, name in PROBLEM_TYPES.items()}


def in_words(key: str) -> str:
    """Return the words for a key of Back Market; an unknown key as it came."""
    return WORDS.get(key, key)


def issue_in_words(issue: str) -> str:
    """Return the words for the issues of a folder, which its row has as keys with commas between."""
    return ", ".join(map(in_words, issue.split(", ")))


def author(initiator: str) -> str:
    """Return the name of the author of a message for the seller; another one than the known as it came."""
    return "You" if initiator == "Merchant" else AUTHORS.get(initiator, initiator) or "Somebody"


def case(line: CareLine) -> str:
    """Return a case in words: its issues with their kinds, the customer's choice, and the warranty."""
    issues = []
    for issue in line.issues:
        named, kind = in_words(issue.customer_issue), in_words(issue.tag)
        issues.append(f"{named} ({kind})" if named and kind else named or kind)
    wants = f"wants {in_words(line.resolution)}" if line.resolution else ""
    return " · ".join(filter(None, (", ".join(filter(None, issues)), wants, in_words(line.warranty))))
