"""Family L4, unified acceptance: form POST with XML inside the fields, GB18030, and a REST twin of the case status.

Quirks shown here, by number of the list in the domain notes:

* 1 ``result`` in the body decides, a number written as text; the HTTP status is 200 either way.
* 2 Requests are GB18030 whatever their prolog says; replies are GB18030 under the label gb2312, and one character of
  every reply is in neither GB2312 nor GBK.
* 3 XML inside form fields that are not URL-escaped.
* 5 The city's own state codes (1 2 3 4 11 12 99); the same region has 6 digits here and 12 in the twin.
* 7 ``YYYY/MM/DD HH:mm:ss`` in local time, epoch seconds in the twin, 2099/12/31 for no end.
* 8 ``Hander_Deptid``; numbers as text here and as numbers in the twin; an empty element for nothing.
* 4 The twin: Basic gives a bearer token that dies after ten minutes.
"""
