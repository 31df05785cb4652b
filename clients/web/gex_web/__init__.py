"""The desk's page: a small web gateway that is itself a client of the gex service, and the built page it serves.

    gex web --server 127.0.0.1:50051          then open the address it prints

The page only reads. The gateway makes no call that changes anything, whatever the role of the token it is given.
"""
