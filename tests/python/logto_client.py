"""The published Logto SDK for Python, as its README uses it."""

import asyncio
import json

from driver import drive, registration, verified_by_api
from logto import LogtoClient, LogtoConfig, LogtoException, Storage, UserInfoScope

SCOPES = [UserInfoScope.email, UserInfoScope.organizations, *registration["scopes"]]


class Session(Storage):
    """A browser's session."""

    def __init__(self, items=()):
        self.items = dict(items)

    def get(self, key):
        return self.items.get(key)

    def set(self, key, value):
        self.items[key] = value

    def delete(self, key):
        self.items.pop(key, None)


def client_of(session, **further):
    config = LogtoConfig(
        endpoint=registration["endpoint"],
        appId=registration["clientId"],
        appSecret=registration["clientSecret"],
        resources=[registration["resource"]],
        scopes=SCOPES,
        **further,
    )
    return LogtoClient(config, storage=session)


session = Session()
client = client_of(session)


async def begin(prompt=None):
    url = await client.signIn(redirectUri=registration["redirectUri"])
    # The SDK knows `consent` and `login` only.
    return url.replace("prompt=consent", f"prompt={prompt}") if prompt else url


async def finish(url):
    await client.handleSignInCallback(url)
    return client.getIdTokenClaims().model_dump()


async def tokens():
    return {"accessToken": await client.getAccessToken(), "refreshToken": client.getRefreshToken()}


async def userinfo():
    return (await client.fetchUserInfo()).model_dump()


async def refresh(refreshToken=None):
    """The SDK refreshes when it has no token that is good. With another's refresh token, it is another session."""
    if refreshToken:
        await client_of(Session({"refreshToken": refreshToken})).getAccessToken()
        return None
    session.delete("accessTokenMap")
    await client.getAccessToken()
    return client.getIdTokenClaims().model_dump()


async def resource():
    return verified_by_api(await client.getAccessToken(registration["resource"]))


async def organization(organization):
    claims = await client.getOrganizationTokenClaims(organization)
    token = await client.getOrganizationToken(organization)
    verified = verified_by_api(token, f"urn:logto:organization:{organization}")
    return {"claims": claims.model_dump(), "verified": verified}


async def sign_out():
    return await client.signOut(postLogoutRedirectUri=registration["postLogoutRedirectUri"])


async def signed_in():
    return client.isAuthenticated()


def code_of(error):
    """The SDK says what the server said, word by word; its own errors are sentences."""
    if isinstance(error, LogtoException):
        try:
            return json.loads(str(error))["error"]
        except ValueError:
            return str(error)
    return type(error).__name__


commands = {
    "begin": begin,
    "finish": finish,
    "tokens": tokens,
    "userinfo": userinfo,
    "refresh": refresh,
    "resource": resource,
    "organization": organization,
    "signOut": sign_out,
    "signedIn": signed_in,
}

asyncio.run(drive(commands, code_of))
