"""Numbers, words, tables and figures, from publishable results only."""

from evaluatie.present.fragments import FigureView, Fragment, Nothing, TableView, Text
from evaluatie.present.front import FrontMatter, front_matter
from evaluatie.present.labels import Labels, labels_of
from evaluatie.present.phrase import NumberRef, Phrase
from evaluatie.present.wording import message

__all__ = [
    "FigureView",
    "Fragment",
    "FrontMatter",
    "Labels",
    "Nothing",
    "NumberRef",
    "Phrase",
    "TableView",
    "Text",
    "front_matter",
    "labels_of",
    "message",
]
