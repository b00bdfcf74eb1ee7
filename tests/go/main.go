// An application made with go-oidc and x/oauth2, as the examples of go-oidc have it. A test drives it: commands come as
// lines of JSON on standard input, and each is answered by a line on standard output. What the test registered for it
// is the program's argument.
package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// registration is where the server is, and what the client is there.
type registration struct {
	Issuer                string   `json:"issuer"`
	ClientID              string   `json:"clientId"`
	ClientSecret          string   `json:"clientSecret"`
	RedirectURI           string   `json:"redirectUri"`
	PostLogoutRedirectURI string   `json:"postLogoutRedirectUri"`
	Resource              string   `json:"resource"`
	Scope                 string   `json:"scope"`
	Scopes                []string `json:"scopes"`
}

// command is what the test asks for.
type command struct {
	Command      string `json:"command"`
	URL          string `json:"url"`
	Prompt       string `json:"prompt"`
	RefreshToken string `json:"refreshToken"`
	Scope        string `json:"scope"`
}

// refusal is an error that says what it is.
type refusal struct{ code, description string }

func (r refusal) Error() string { return r.code + ": " + r.description }

type application struct {
	registration registration
	provider     *oidc.Provider
	config       oauth2.Config

	state, nonce, verifier string
	token                  *oauth2.Token
	idToken                string
}

func main() {
	var registered registration
	if err := json.Unmarshal([]byte(os.Args[1]), &registered); err != nil {
		panic(err)
	}
	ctx := context.Background()
	provider, err := oidc.NewProvider(ctx, registered.Issuer)
	if err != nil {
		panic(err)
	}
	app := &application{
		registration: registered,
		provider:     provider,
		config: oauth2.Config{
			ClientID:     registered.ClientID,
			ClientSecret: registered.ClientSecret,
			Endpoint:     provider.Endpoint(),
			RedirectURL:  registered.RedirectURI,
			Scopes:       registered.Scopes,
		},
	}
	lines := bufio.NewScanner(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked command
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		value, err := app.answer(ctx, asked)
		answer := map[string]any{"ok": value}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			answer = map[string]any{"error": codeOf(err), "message": err.Error()}
		}
		if err := answers.Encode(answer); err != nil {
			panic(err)
		}
	}
}

func (a *application) answer(ctx context.Context, asked command) (any, error) {
	switch asked.Command {
	case "begin":
		return a.begin(asked.Prompt), nil
	case "finish":
		return a.finish(ctx, asked.URL)
	case "finishForResource":
		return a.finishForResource(ctx, asked.URL)
	case "tokens":
		return map[string]string{"accessToken": a.token.AccessToken, "refreshToken": a.token.RefreshToken}, nil
	case "userinfo":
		return a.userinfo(ctx)
	case "refresh":
		return a.refresh(ctx, asked.RefreshToken)
	case "machine":
		return a.machine(ctx, asked.Scope)
	case "signOut":
		return a.signOut()
	}
	return nil, fmt.Errorf("no such command: %s", asked.Command)
}

func (a *application) begin(prompt string) string {
	if prompt == "" {
		prompt = "consent"
	}
	a.state, a.nonce, a.verifier = random(), random(), oauth2.GenerateVerifier()
	return a.config.AuthCodeURL(
		a.state,
		oidc.Nonce(a.nonce),
		oauth2.S256ChallengeOption(a.verifier),
		oauth2.SetAuthURLParam("resource", a.registration.Resource),
		oauth2.SetAuthURLParam("prompt", prompt),
	)
}

func (a *application) finish(ctx context.Context, back string) (any, error) {
	token, err := a.exchange(ctx, back)
	if err != nil {
		return nil, err
	}
	return a.keep(ctx, token, a.nonce)
}

// finishForResource exchanges the code for a token of the API: where the library exchanges a code it takes parameters of
// the caller, and where it refreshes it takes none.
func (a *application) finishForResource(ctx context.Context, back string) (any, error) {
	token, err := a.exchange(ctx, back, oauth2.SetAuthURLParam("resource", a.registration.Resource))
	if err != nil {
		return nil, err
	}
	return a.verifiedByAPI(ctx, token.AccessToken)
}

func (a *application) exchange(ctx context.Context, back string, further ...oauth2.AuthCodeOption) (*oauth2.Token, error) {
	address, err := url.Parse(back)
	if err != nil {
		return nil, err
	}
	query := address.Query()
	if query.Get("state") != a.state {
		return nil, refusal{"state", "not the state of this request"}
	}
	if query.Has("error") {
		return nil, refusal{query.Get("error"), query.Get("error_description")}
	}
	return a.config.Exchange(ctx, query.Get("code"), append(further, oauth2.VerifierOption(a.verifier))...)
}

// keep verifies the ID token and returns its claims.
func (a *application) keep(ctx context.Context, token *oauth2.Token, nonce string) (any, error) {
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return nil, errors.New("no ID token")
	}
	idToken, err := a.provider.Verifier(&oidc.Config{ClientID: a.registration.ClientID}).Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	if nonce != "" && idToken.Nonce != nonce {
		return nil, refusal{"nonce", "not the nonce of this request"}
	}
	a.token, a.idToken = token, raw
	return claimsOf(idToken)
}

func (a *application) userinfo(ctx context.Context) (any, error) {
	info, err := a.provider.UserInfo(ctx, oauth2.StaticTokenSource(a.token))
	if err != nil {
		return nil, err
	}
	return claimsOf(info)
}

// refresh lets the library do what it does by itself when a token has expired.
func (a *application) refresh(ctx context.Context, refreshToken string) (any, error) {
	if refreshToken == "" {
		refreshToken = a.token.RefreshToken
	}
	token, err := a.config.TokenSource(ctx, &oauth2.Token{RefreshToken: refreshToken}).Token()
	if err != nil {
		return nil, err
	}
	return a.keep(ctx, token, "")
}

// machine signs the program itself in.
func (a *application) machine(ctx context.Context, scope string) (any, error) {
	config := clientcredentials.Config{
		ClientID:       a.registration.ClientID,
		ClientSecret:   a.registration.ClientSecret,
		TokenURL:       a.provider.Endpoint().TokenURL,
		EndpointParams: url.Values{"resource": {a.registration.Resource}},
	}
	if scope != "" {
		config.Scopes = []string{scope}
	}
	token, err := config.Token(ctx)
	if err != nil {
		return nil, err
	}
	return a.verifiedByAPI(ctx, token.AccessToken)
}

// verifiedByAPI is what an API does with an access token; its claims.
func (a *application) verifiedByAPI(ctx context.Context, raw string) (any, error) {
	token, err := a.provider.Verifier(&oidc.Config{ClientID: a.registration.Resource}).Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	return claimsOf(token)
}

func (a *application) signOut() (any, error) {
	var metadata struct {
		EndSessionEndpoint string `json:"end_session_endpoint"`
	}
	if err := a.provider.Claims(&metadata); err != nil {
		return nil, err
	}
	query := url.Values{
		"id_token_hint":            {a.idToken},
		"post_logout_redirect_uri": {a.registration.PostLogoutRedirectURI},
	}
	return metadata.EndSessionEndpoint + "?" + query.Encode(), nil
}

func claimsOf(source interface{ Claims(any) error }) (any, error) {
	var claims map[string]any
	err := source.Claims(&claims)
	return claims, err
}

func random() string {
	bytes := make([]byte, 16)
	if _, err := rand.Read(bytes); err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(bytes)
}

// codeOf is what the library calls the error that the server answered.
func codeOf(err error) string {
	var refused refusal
	if errors.As(err, &refused) {
		return refused.code
	}
	var retrieved *oauth2.RetrieveError
	if errors.As(err, &retrieved) {
		return retrieved.ErrorCode
	}
	return err.Error()
}
