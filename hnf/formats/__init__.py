"""File formats: web page, PDF, Word, sheets, XLSX, ODS."""
