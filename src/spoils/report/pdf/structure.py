"""The logical structure of a tagged PDF: headings, paragraphs, tables and figures in reading order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDictionary,
    PDFDocument,
    PDFName,
    PDFObjectReference,
    PDFPage,
    PDFString,
)

__all__ = ["Structure"]


@dataclass
class _Element:
    """One element: its role, its alternative text, and its children, which are elements or content."""

    role: str
    alternative: str = ""
    below: list[_Element | _Content] = field(default_factory=list)


@dataclass(frozen=True)
class _Content:
    """A piece of marked content: page, and number on the page, both counted from 0."""

    page: int
    number: int


class Structure:
    """Collects elements while pages are drawn, then writes them into the document.

    ReportLab does not support tags, so the operators that mark content are added around what it draws.
    """

    def __init__(self) -> None:
        self._root = _Element("Document")
        self._open = [self._root]
        self._marked: list[list[_Element]] = []
        """The element of each piece of marked content, by page and number."""

    def begin(self, role: str, alternative: str = "") -> None:
        """Open an element as a child of the one that is open."""
        element = _Element(role, alternative)
        self._open[-1].below.append(element)
        self._open.append(element)

    def end(self) -> None:
        """Close the element that was opened last. Empty elements are dropped."""
        element = self._open.pop()
        if not element.below:
            self._open[-1].below.remove(element)

    @contextmanager
    def marked(self, code: list[str], page: int, role: str, alternative: str = "") -> Iterator[None]:
        """Mark what is drawn inside as an element. ``code`` collects the operators of page ``page``, counted from 0."""
        self.begin(role, alternative)
        element = self._open[-1]
        while len(self._marked) <= page:
            self._marked.append([])
        content = _Content(page, len(self._marked[page]))
        self._marked[page].append(element)
        element.below.append(content)
        code.append(f"/{role} <</MCID {content.number}>> BDC")
        yield
        code.append("EMC")
        self.end()

    def write(self, document: PDFDocument, pages: list[PDFPage], page_names: list[str]) -> None:
        """Write all elements into ``document``. ``page_names`` are the names of its pages."""
        names = {id(element): f"structure.{number}" for number, element in enumerate(_all(self._root))}
        references = [PDFObjectReference(name) for name in page_names]
        self._write_element(document, self._root, "structure", names, references)
        tree: list[object] = []
        for number, (page, elements) in enumerate(zip(pages, self._marked, strict=False)):
            page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
            page.StructParents, page.Tabs = number, PDFName("S")
            tree += [number, PDFArray([PDFObjectReference(names[id(element)]) for element in elements])]
        root = {
            "Type": PDFName("StructTreeRoot"),
            "K": PDFObjectReference(names[id(self._root)]),
            "ParentTree": PDFDictionary({"Nums": PDFArray(tree)}),
        }
        document.Reference(PDFDictionary(root), "structure")
        catalogue = document.Catalog
        catalogue.StructTreeRoot = PDFObjectReference("structure")
        catalogue.MarkInfo = document.Reference(PDFDictionary({"Marked": "true"}), "structure.marked")

    def _write_element(
        self,
        document: PDFDocument,
        element: _Element,
        parent: str,
        names: dict[int, str],
        pages: list[PDFObjectReference],
    ) -> None:
        name = names[id(element)]
        below: list[object] = []
        entry = {"Type": PDFName("StructElem"), "S": PDFName(element.role), "P": PDFObjectReference(parent)}
        for one in element.below:
            if isinstance(one, _Content):
                entry["Pg"] = pages[one.page]
                below.append(one.number)
            else:
                below.append(PDFObjectReference(names[id(one)]))
                self._write_element(document, one, name, names, pages)
        entry["K"] = PDFArray(below)
        if element.alternative:
            entry["Alt"] = PDFString(element.alternative)
        document.Reference(PDFDictionary(entry), name)


def _all(element: _Element) -> Iterator[_Element]:
    yield element
    for one in element.below:
        if isinstance(one, _Element):
            yield from _all(one)
