"""The identity platform: OpenID Connect, and the older style of codes and signatures that half of its clients use.

Quirks shown here, by number of the list in the domain notes:

* 1 In the older style ``errcode`` 0 is success, a number, and the HTTP status is 200 either way.
* 4 ``iss`` is the name that the platform had before it moved, not its address; its keys change while it runs.
  In the older style each call is signed with md5(appKey + secret + ms) in the query, which covers nothing of the
  call itself; ``ms`` may be five minutes off. Codes and scans work once.
* 5 Own codes for types of documents and users; regions with 12 digits in the older style and with 6 in tokens.
* 8 The word null for what a citizen does not have.

There is no authorization endpoint, as nobody signs in with a browser here: ``POST /sandbox/codes`` makes codes.
"""
