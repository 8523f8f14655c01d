"""Reports: one declaration serves the page, Excel, the command line and the API."""

from erp.core.reports.model import BadParameter, Column, Parameter, Report, ReportResult
from erp.core.reports.registry import find, names, register

__all__ = ["BadParameter", "Column", "Parameter", "Report", "ReportResult", "find", "names", "register"]
