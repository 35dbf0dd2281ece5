"""Policy: default deny over application × person × item × licence type × field × basis, with reasons.

``rules`` says what can be opened, ``evaluator`` decides and explains, ``fields`` applies a decision to licences.
"""
