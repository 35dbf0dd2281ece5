"""A department's register over SOAP 1.2, rpc/literal, in GBK: marriage and divorce certificates only (L7).

Every operation takes one string of escaped XML, ``<Request><Head>…</Head><Body>…</Body></Request>``, and returns one.
The credentials are sent twice: as the HTTP headers ``X-Access-Id`` and ``X-Access-Token`` and in the SOAP header block
``Credential``, which has no namespace.

Its quirks, with their numbers in the list of quirks:

- 1: success lies in the string, as ``ReturnCode`` of Query and as ``RET_CODE`` of QueryByNumber: four digits that are
  no number. Faults come with HTTP 200.
- 2: replies are GBK, and the string inside has a prolog of its own that says so, after it was decoded already. Requests
  may be GBK or UTF-8.
- 3: XML in a string in XML.
- 4: the token travels in HTTP and SOAP header at once.
- 5: its own codes of document types and words for states.
- 7: YYYY/MM/DD, and 2099/12/31 where there is no end.
- 8: ``CuslomDatas``, ``Hander_Deptid``; booleans as 0/1; an empty element or ``xsi:nil`` for what is not known.
- 9: no paging: a longer list is silently cut off and nothing tells how many there are.
- 10: item and asking department are required, as ``ItemCode`` and ``Hander_Deptid``.

``Touch`` is one-way: HTTP 202 and no body.
"""
