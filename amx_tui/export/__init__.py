"""What leaves the program as a file or on stdout: tables of a comparison in several formats.

Every writer takes rows one by one and keeps none, so that memory does not grow with the comparison.
"""
