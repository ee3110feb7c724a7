"""The words that the server, the launcher and the process in the sandbox must agree on."""

PROGRAM = "program.py"            # the program's name in its folder
OUT_OF_MEMORY = 91                # exit status of a program that a MemoryError ended
BEGUN = b"+"                      # what the launcher writes before its report
