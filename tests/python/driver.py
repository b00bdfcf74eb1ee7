"""A client that a test drives: commands come as lines of JSON on standard input, and each is answered by a line on
standard output. What the test registered for it is the program's argument."""

import json
import os
import sys
import threading
import traceback

import jwt

registration = json.loads(sys.argv[1])


def serve_until_the_end():
    """Ends the program with the test, however that ends: nobody is left to hold the other side of standard input."""

    def wait():
        sys.stdin.read()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


async def drive(commands, code_of):
    """Answers commands until there are none. `code_of` says what the library calls an error."""
    for line in sys.stdin:
        given = json.loads(line)
        command = commands[given.pop("command")]
        try:
            answer = {"ok": await command(**given)}
        except Exception as error:
            traceback.print_exc()
            answer = {"error": code_of(error), "message": str(error)}
        print(json.dumps(answer), flush=True)


def verified_by_api(token, audience=registration["resource"]):
    """What an API does with an access token (RFC 9068 §4). The token's claims."""
    issuer = registration["issuer"]
    key = jwt.PyJWKClient(f"{issuer}/jwks").get_signing_key_from_jwt(token)
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
    return jwt.decode(token, key.key, algorithms=["ES384"], audience=audience, issuer=issuer)
