"""What the law asks, as data: deadlines, order types and forms, legal bases, silences, preservations and routes.

Every statutory value lives in a file under ``data`` with its source, the day it was read and how certain it is;
code only reads and computes. Nothing here knows Django, a database or the network.
"""
