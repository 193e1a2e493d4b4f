"""How large a file may be that is read: more than the largest published file needs, far less than would hurt a laptop.

`docs/limits.md` states each of them with its reason; a test holds the page against this module.
"""

#: Bytes of a file as it is given, compressed or not.
MAX_FILE_BYTES = 200_000_000
#: Bytes that an archive of CSV files may unpack to; the largest published one unpacks to 37 million.
MAX_UNPACKED_BYTES = 400_000_000
#: Bytes that a workbook may unpack to; the largest published one unpacks to 5 million.
MAX_WORKBOOK_BYTES = 100_000_000
#: Bytes of an XLS file, which is not compressed; the largest published one has 2 million.
MAX_XLS_BYTES = 20_000_000
#: How many times larger an archive may become. Published workbooks grow 20-fold.
MAX_RATIO = 400
#: Files in an archive.
MAX_MEMBERS = 2_000
#: Tags in the XML of a workbook: they, not bytes, take the time. The largest published one has half a million.
MAX_TAGS = 4_000_000
#: Elements within elements in the XML of a workbook.
MAX_NESTING = 64
#: Sheets of a workbook.
MAX_SHEETS = 200
#: Cells of a workbook that are read, all sheets together, empty ones between filled ones included.
MAX_CELLS = 2_000_000
#: Characters in one cell: as many as Excel keeps.
MAX_CELL_TEXT = 32_767
#: Characters of text in a workbook, repeated text counted as often as it stands.
MAX_TEXT = 50_000_000
#: Cells of a CSV file.
MAX_CSV_CELLS = 4_000_000
#: Characters in one cell of a CSV file.
MAX_CSV_CELL_TEXT = 131_072
#: Bytes of a CSV file of GDP deflators, the one kind that is looked for below lines of text.
MAX_SMALL_CSV_BYTES = 2_000_000
#: Seconds within which any file is read or refused on a slow laptop; most take less than one.
MAX_SECONDS = 20
