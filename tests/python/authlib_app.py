"""A Flask app made with Authlib, as its documentation has it: https://docs.authlib.org (Flask OAuth Client)."""

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from driver import registration, serve_until_the_end, verified_by_api
from flask import Flask, jsonify, redirect, request, session, url_for

ISSUER = registration["issuer"]

app = Flask(__name__)
app.secret_key = "signs the cookies of one test"

# Kept by the app: the tokens are too long for a cookie.
tokens = {}

oauth = OAuth(app)
oauth.register(
    "soleira",
    client_id=registration["clientId"],
    client_secret=registration["clientSecret"],
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_kwargs={"scope": registration["scope"], "code_challenge_method": "S256"},
)


@app.get("/")
def home():
    return "home"


@app.get("/sign-in")
def sign_in():
    return oauth.soleira.authorize_redirect(
        url_for("callback", _external=True),
        prompt=request.args.get("prompt", "consent"),
        resource=registration["resource"],
    )


@app.get("/callback")
def callback():
    token = oauth.soleira.authorize_access_token()
    session["sub"] = token["userinfo"]["sub"]
    tokens[session["sub"]] = token
    return redirect(url_for("home"))


def token():
    return tokens[session["sub"]]


@app.get("/me")
def me():
    return jsonify(token()["userinfo"]) if "sub" in session else ({}, 401)


@app.get("/tokens")
def show_tokens():
    return {"accessToken": token()["access_token"], "refreshToken": token()["refresh_token"]}


@app.get("/userinfo")
def userinfo():
    return jsonify(oauth.soleira.userinfo(token=token()))


def refreshed(refresh_token, **further):
    metadata = oauth.soleira.load_server_metadata()
    with oauth.soleira._get_oauth_client(**metadata) as client:
        return client.refresh_token(metadata["token_endpoint"], refresh_token=refresh_token, **further)


@app.get("/refresh")
def refresh():
    # Without a scope Authlib repeats the one of its configuration, and what was not granted cannot be refreshed
    # (RFC 6749 §6).
    answer = refreshed(token()["refresh_token"], scope=request.args.get("scope", token()["scope"]))
    claims = oauth.soleira.parse_id_token(answer, nonce=None)
    assert claims["sub"] == session["sub"]
    tokens[session["sub"]] = {**token(), **answer}
    return show_tokens()


@app.get("/orders")
def orders():
    answer = refreshed(token()["refresh_token"], resource=registration["resource"], scope="read:orders")
    return verified_by_api(answer["access_token"])


@app.get("/revoke")
def revoke():
    metadata = oauth.soleira.load_server_metadata()
    with oauth.soleira._get_oauth_client(**metadata) as client:
        answer = client.revoke_token(metadata["revocation_endpoint"], token=request.args["token"])
    return "", answer.status_code


@app.get("/sign-out")
def sign_out():
    id_token = tokens.pop(session.pop("sub"))["id_token"]
    return oauth.soleira.logout_redirect(
        post_logout_redirect_uri=url_for("signed_out", _external=True), id_token_hint=id_token
    )


@app.get("/signed-out")
def signed_out():
    oauth.soleira.validate_logout_response()
    return "signed out"


@app.errorhandler(OAuthError)
def refused(error):
    return {"error": error.error, "message": error.description}, 400


serve_until_the_end()
app.run(host="127.0.0.1", port=registration["port"])
