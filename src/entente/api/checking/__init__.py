"""Does this meet a known signal: the doors of POST /api/v1/check.

`reading` turns a body into questions, `answering` answers them, `endpoint` is the documented door, and `fast_door`
answers the same JSON requests before the framework is entered, because an upload waits for them.
"""
