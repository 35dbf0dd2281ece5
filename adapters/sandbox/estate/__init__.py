"""Family L3, ``estate``: a real-estate licence library over JSON with requests signed in the query.

Holds real-estate and mortgage certificates only. All calls are POST below ``/v1.0/zzgl`` with the query parameters
``appKey``, ``ts`` (epoch milliseconds) and ``sign`` = hex MD5 of appKey + secret + ts, at most five minutes from now.

Its quirks, with their numbers in the list of quirks:

- 1: ``code`` decides and HTTP is 200; it is a number or a string, by operation, and the rows' code is always the other
  kind. The outer 0 means only that the request was parsed: every row has its own code and text. 1 means both "false"
  and "not authorised"; 11 comes with data, of a licence that has ended; a row that cannot be read has none.
- 2: replies begin with a byte-order mark; the face's XML says GBK in its prolog and is UTF-8.
- 3: the face is XML, in base64, in JSON.
- 4: a skewed clock breaks the signature (13).
- 5: its own codes of document types and words for states.
- 7: epoch milliseconds as a number, epoch seconds as a string, and yyyyMMddHHmmss, in one row.
- 8: ``CuslomDatas``; total as a string; "null" for nothing; booleans as Y/N and 是/否.
- 9: paging by ``offset`` and ``size``.
- 10: item and case are required, as ``SXBM`` and ``YWLSH``.
- 11: an allow-list of addresses and a nightly maintenance window, where they are set.
"""
