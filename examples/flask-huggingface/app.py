import os

from flask import Flask, redirect, render_template_string, request, session, url_for
from logto import LogtoClient, LogtoConfig, LogtoException, Storage, UserInfoScope

app = Flask(__name__)
app.secret_key = os.environ["FLASK_SECRET_KEY"]


class SessionStorage(Storage):
    """Keeps what the SDK remembers of a visitor in Flask's session, a signed cookie."""

    def get(self, key):
        return session.get(key)

    def set(self, key, value):
        session[key] = value

    def delete(self, key):
        session.pop(key, None)


client = LogtoClient(
    LogtoConfig(
        endpoint=os.environ["AUTH_ENDPOINT"].rstrip("/"),
        appId=os.environ["AUTH_APP_ID"],
        appSecret=os.environ["AUTH_APP_SECRET"],
        scopes=[UserInfoScope.email],
    ),
    storage=SessionStorage(),
)


@app.get("/sign-in")
async def sign_in():
    first_page = "signUp" if "signup" in request.args else "signIn"
    callback_uri = url_for("callback", _external=True)
    return redirect(await client.signIn(callback_uri, interactionMode=first_page))


@app.get("/callback")
async def callback():
    await client.handleSignInCallback(request.url)
    return redirect(url_for("home"))


@app.get("/sign-out")
async def sign_out():
    home_uri = url_for("home", _external=True)
    return redirect(await client.signOut(postLogoutRedirectUri=home_uri))


@app.errorhandler(LogtoException)
def sign_in_failed(error):
    return render_template_string(PAGE, user=None, error=error), 400


PAGE = """
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bookstore</title>
<main>
  <h1>Bookstore</h1>
  {% if error %}<p role="alert">Signing in did not work: {{ error }}</p>{% endif %}
  {% if user %}
    {% if user.picture %}<img src="{{ user.picture }}" alt="" width="64" height="64">{% endif %}
    <p>Welcome, {{ user.name or user.username }}!</p>
    <dl>
      <dt>User ID</dt><dd id="sub">{{ user.sub }}</dd>
      <dt>Username</dt><dd id="username">{{ user.username or "none" }}</dd>
      <dt>E-mail</dt><dd id="email">{{ user.email or "none" }}</dd>
    </dl>
    <p><a href="{{ url_for('sign_out') }}">Sign out</a></p>
  {% else %}
    <p>
      <a href="{{ url_for('sign_in') }}">Sign in</a> or
      <a href="{{ url_for('sign_in', signup=1) }}">create an account</a>
    </p>
  {% endif %}
</main>
</html>
"""


@app.get("/")
async def home():
    user = await client.fetchUserInfo() if client.isAuthenticated() else None
    return render_template_string(PAGE, user=user)
