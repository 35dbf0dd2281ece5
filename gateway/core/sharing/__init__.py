"""Data sharing (政务数据共享): resources, requests on the clock, grants that only narrow, receipts, corrections.

Values, state machines and rules; no store, no network. ``resources`` and ``catalogue_code`` say what can be asked for,
``requests`` who may move a request, ``calendar`` and ``deadlines`` by when, ``terms``, ``scope`` and ``grants`` what
may leave, ``answers`` what does, ``receipts`` what can be proven afterwards, ``corrections`` what was wrong.
"""
