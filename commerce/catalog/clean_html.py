"""Descriptions in HTML, made harmless on the way in: whatever comes from a file, a feed or the back office may be shown as it stands."""

import nh3

from commerce.kernel.wire import Text3

# What a description may consist of: text, lists, tables, pictures and links of the web; no script, style, frame, form or handler.
_CLEANER = nh3.Cleaner(url_schemes={"http", "https", "mailto"})


def clean_html(text: str) -> str:
    """Gives a text without anything that a browser would run or load from elsewhere than http(s). A text without a tag stays as it is.

    Cleaning twice changes nothing more.
    """
    return _CLEANER.clean(text) if "<" in text else text


def clean_texts(texts: Text3) -> Text3:
    """Gives a text in three languages, each cleaned."""
    return Text3(en=_cleaned(texts.en), es=_cleaned(texts.es), ca=_cleaned(texts.ca))


def _cleaned(text: str | None) -> str | None:
    return None if text is None else clean_html(text)
