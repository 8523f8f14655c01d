"""Spreadsheets in and out: ``read`` for files of users, ``write`` for exports, ``template`` for import forms.

Import from the modules themselves; they load the libraries that only they need.
"""
