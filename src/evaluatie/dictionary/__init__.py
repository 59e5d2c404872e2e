"""The data dictionary: the only reader of `data_dictionary/`."""

from evaluatie.dictionary.codebook import Codebook
from evaluatie.dictionary.load import dictionary_folders, load_codebook
from evaluatie.dictionary.render import write_codebook_html
from evaluatie.dictionary.schemas import json_schemas

__all__ = [
    "Codebook",
    "dictionary_folders",
    "json_schemas",
    "load_codebook",
    "write_codebook_html",
]
