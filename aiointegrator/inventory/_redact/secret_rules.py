"""What is secret: one table of rules, each row with an example of what it hides and of what it leaves.

A key is secret by how it ends, since `tokenUrl` tells where a token is got and `accessToken` is one. What is doubtful
is hidden. Names of headers, of query parameters and of form fields are judged by the same rows as keys.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple


class Rule(NamedTuple):
    """One row.

    Attributes:
        by: what it looks at: a whole key, how a key ends, the last word of a key, or a text.
        what: the key or its ending in small letters without separators, the word, or a pattern whose group `secret` is
            hidden.
        hides: keys that are secret by it, or texts in which SECRET is hidden.
        leaves: keys and texts that look like it and are left as they are.
        cue: something that stands in every such text in small letters, so that others need no closer look.
    """

    by: Literal["name", "ending", "word", "text"]
    what: str
    hides: tuple[str, ...]
    leaves: tuple[str, ...] = ()
    cue: str = ""


EXAMPLE = "c2VjcmV0LTEyMzQ1Og=="
"""The secret in the examples of texts."""

RULES = (
    Rule(
        "ending",
        r"(?<!maxoutput)(?<!completion)(?<!prompt)(?<!max)(?<!num)(?<!total)token",
        ("token", "accessToken", "refresh_token", "X-Auth-Token", "ACCESSTOKEN", "tokens", "bearerTokenValue"),
        ("tokenUrl", "tokenLocation", "tokenParamName", "broken", "token_type", "maxOutputTokens", "promptTokens"),
    ),
    Rule("ending", "tokenid", ("tokenId", "TOKEN_ID", "token-id"), ("_tokenId", "_accessTokenIds", "tokenIdentity")),
    Rule("ending", "tokensalt", ("token_salt", "bearerToken_salt", "TokenSalt"), ("basalt",)),
    Rule(
        "ending",
        "password",
        ("password", "newPassword", "DB_PASSWORD", "userpassword", "password2", "passwordConfirmation"),
        ("passwordPolicy", "passwordResetUrl"),
    ),
    Rule("ending", "passwd", ("passwd", "db-passwd")),
    Rule("ending", "passphrase", ("passphrase", "pgpPassphrase")),
    Rule("ending", "passwordsalt", ("password_salt",)),
    Rule("ending", "passcode", ("passcode", "sms_passcode"), ("postcode",)),
    Rule("ending", "pwd", ("pwd", "userPwd", "PWD"), ("pwdPolicy",)),
    Rule(
        "ending",
        "secret",
        ("secret", "clientSecret", "client_secret", "CLIENT-SECRET", "secrets", "tokenSecret", "secretText"),
        ("secretsManagerName", "secretary", "accountSSORequired"),
    ),
    Rule("ending", "apikey", ("apiKey", "api_key", "X-API-Key", "APIKEY", "api-keys"), ("apiKeyName", "keyField")),
    Rule("ending", "privatekey", ("privateKey", "userPrivateKey", "private_key_value"), ("publicKey",)),
    Rule("ending", "secretkey", ("secretKey", "aws_secret_key")),
    Rule("ending", "accesskey", ("accessKey", "secretAccessKey"), ("accessKeyId", "accessLevel")),
    Rule("ending", "signingkey", ("signingKey",)),
    Rule("ending", "encryptionkey", ("encryptionKey",)),
    Rule("ending", "encryptkey", ("pgpEncryptKey",)),
    Rule("ending", "decryptionkey", ("decryption_key",)),
    Rule("ending", "decryptkey", ("pgpDecryptKey",)),
    Rule("ending", "pgpkey", ("pgpKey", "pgp_keys"), ("usePgp", "pgpKeyAlgorithm")),
    Rule("ending", "sshkey", ("sshKey",)),
    Rule("ending", "rsakey", ("rsaKey",)),
    Rule("ending", "aeskey", ("aes_key",)),
    Rule("ending", "symmetrickey", ("symmetricKey",), ("symmetricKeyAlgorithm",)),
    Rule("ending", "hmackey", ("hmacKey", "HMAC-KEY"), ("hmacKeyLocation",)),
    Rule("ending", "keysalt", ("key_salt",)),
    Rule("ending", "signaturekey", ("signatureKey",)),
    Rule("ending", "clientkey", ("clientKey", "tls-client-key")),
    Rule("ending", "serverkey", ("serverKey",)),
    Rule("ending", "certificatekey", ("certificateKey",)),
    Rule("ending", "sharedkey", ("sharedKey", "preSharedKey")),
    Rule("ending", "masterkey", ("masterKey",)),
    Rule("ending", "sessionkey", ("sessionKey",)),
    Rule("ending", "accountkey", ("AccountKey",)),
    Rule("ending", "consumerkey", ("consumerKey",)),
    Rule("ending", "authkey", ("X-Auth-Key",)),
    Rule("ending", "subscriptionkey", ("Ocp-Apim-Subscription-Key",)),
    Rule("ending", "functionskey", ("X-Functions-Key",)),
    Rule("ending", "sessionid", ("sessionId", "JSESSIONID"), ("_sessionId",)),
    Rule("ending", "signature", ("signature", "X-Amz-Signature", "hmacSignature"), ("signatureAlgorithm",)),
    Rule("ending", "credential", ("credentials", "awsCredential", "X-Goog-Credential"), ("credentialType",)),
    Rule("ending", "authorization", ("Authorization", "Proxy-Authorization"), ("authorizationType",)),
    Rule(
        "ending",
        "authorizationurl",
        ("authorizationURL", "authorizationUrl", "authorization_url"),
        ("authURI", "tokenURI", "authorizationServerUrl"),
    ),
    Rule("ending", "authorizeurl", ("authorize_url",)),
    Rule("ending", "signedurl", ("signedURL", "signedUrl", "signedURLs", "pre_signed_url"), ("unsignedUrlPath", "url")),
    Rule("ending", "verifier", ("verifier", "pkceCodeVerifier", "code_verifier"), ("verify", "verifierName")),
    Rule("ending", "wallet", ("wallet", "oracleWallet"), ("walletType",)),
    Rule("ending", "keystore", ("keystore", "clientKeyStore"), ("keystoreType",)),
    Rule("ending", "assertion", ("client_assertion",), ("assertionType",)),
    Rule("ending", "cookie", ("Cookie", "Set-Cookie", "cookies"), ("cookieDomain",)),
    Rule("ending", "connectionstring", ("connectionString",)),
    Rule("word", "crypt", ("password_crypt", "passwordCrypt", "token-crypt", "x_CRYPT"), ("encrypt", "decrypt")),
    Rule("word", "encrypted", ("encrypted", "settingsEncrypted"), ("unencrypted", "encryptedFields")),
    Rule("word", "pass", ("pass", "ftpPass", "user_pass"), ("bypass", "passThrough")),
    Rule("word", "pin", ("pin", "userPin"), ("mapping", "pinned")),
    Rule("word", "otp", ("otp",)),
    Rule("word", "sig", ("sig",), ("sigma", "config")),
    Rule("word", "jwt", ("jwt",)),
    Rule("word", "pem", ("pem", "clientPem")),
    Rule("word", "pfx", ("pfx", "clientPfx")),
    Rule("name", "p12", ("p12",), ("p1", "sp12")),
    Rule("name", "pkcs12", ("pkcs12", "PKCS-12")),
    Rule("name", "oidc", ("oidc",), ("oidcProvider",)),
    Rule("name", "oauth2", ("oauth2",), ("oauth", "oauth2FlowType", "oauth2RedirectUrl")),
    Rule("name", "amazonmws", ("amazonmws",), ("isAmazonMWS",)),
    Rule("name", "azureserviceprincipal", ("azureserviceprincipal",)),
    Rule("name", "awsiam", ("awsIam",), ("aws",)),
    Rule("word", "hmac", ("hmac", "x-hub-hmac"), ("hmacAlgorithm",)),
    Rule("word", "bearer", ("bearer",), ("bearerFormat",)),
    Rule(
        "text",
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----(?P<secret>.*?)(?:(?=-----END)|$)",
        (f"-----BEGIN RSA PRIVATE KEY-----\n{EXAMPLE}\n-----END RSA", f"-----BEGIN PRIVATE KEY-----{EXAMPLE}"),
        (f"-----BEGIN CERTIFICATE-----{EXAMPLE}",),
        "private key",
    ),
    Rule(
        "text",
        r"\b(?i:bearer)\s+(?!(?:auth\w*|tokens?|headers?|scheme|credentials?|access)\b)(?P<secret>[\w.~+/=-]{4,})",
        (f"send Bearer {EXAMPLE} with it", f"BEARER {EXAMPLE}"),
        ("uses Bearer authentication", "a bearer token"),
        "bearer",
    ),
    Rule(
        "text",
        r"\b(?i:basic)\s+(?P<secret>(?=[a-z+/]*[0-9A-Z=])[A-Za-z0-9+/]{6,}={0,2})(?![\w+/=])",
        (f"Authorization is Basic {EXAMPLE}", f"basic {EXAMPLE}"),
        ("Basic information", "basic auth"),
        "basic",
    ),
    Rule(
        "text",
        r"://[^\s/?#\"'<>:@]*:(?P<secret>[^\s/?#\"'<>]+)@",
        (f"ftp://ada:{EXAMPLE}@files.example.com/in", f"https://ada:{EXAMPLE}@[::1]:8080"),
        ("https://example.com:8080/a@b", "sftp://ada@files.example.com"),
        "://",
    ),
    Rule(
        "text",
        r"\b(?i:https?)://(?P<secret>[^\s/?#\"'<>:@\[\]]+)@",
        (f"https://{EXAMPLE}@github.com/x/y.git",),
        ("https://example.com/@ada",),
        "://",
    ),
    Rule(
        "text",
        r"[?&;](?i:key)=(?P<secret>[^&\s#\"'<>\[]+)",
        (f"https://maps.example.com/api?address=x&key={EXAMPLE}",),
        ("/records?sortkey=name",),
        "key=",
    ),
    Rule(
        "text",
        r"(?P<secret>\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?)",
        (),
        ("eyJust a name",),
        "eyj",
    ),
    Rule(
        "text",
        r"/exports/\w+/(?P<secret>[^\s/?#\"'<>{}]+)/data\b",
        (f"https://api.integrator.io/v1/exports/5f00/{EXAMPLE}/data",),
        ("https://api.integrator.io/v1/exports/5f00/data", "/v1/exports/5f00/{token}/data", "/v1/exports/5f00/clone"),
        "/data",
    ),
    Rule(
        "text",
        r"\bjdbc:oracle:\w+:[^\s/@]+/(?P<secret>[^\s@/]+)@",
        (f"jdbc:oracle:thin:scott/{EXAMPLE}@//db.example.com:1521/XE",),
        ("jdbc:oracle:thin:@//db.example.com:1521/XE",),
        "jdbc:oracle",
    ),
    Rule(
        "text",
        r"\s(?:-u|--user)[ =][\"']?[\w.@+-]{1,99}:(?P<secret>[^\s\"'\[]+)",
        (f"curl -u ada:{EXAMPLE} https://api.example.com",),
        ("curl -u ada https://api.example.com",),
        "curl",
    ),
    Rule(
        "text",
        r"(?i:hooks\.slack\.com)/services/(?P<secret>[\w/-]+)",
        ("https://hooks.slack.com/services/T0/B0/c2VjcmV0LTEyMzQ1Og",),
        ("https://hooks.slack.com/services",),
        "hooks.slack",
    ),
    Rule(
        "text",
        r"(?P<secret>\b(?:gh[pousr]_|github_pat_|xox[abeoprs]-|[sr]k_live_|shp(?:at|ca|pa|ss)_|AIza|glpat-|SG\.)[\w.-]{10,})",
        (),
        ("shpat_ is how they begin",),
        "_live_|ghp_|gho_|ghu_|ghs_|ghr_|github_pat|xox|shpat_|shpca_|shppa_|shpss_|aiza|glpat-|sg.",
    ),
)  # fmt: skip
"""Beside the rows for texts, the value of `name=value`, `name: value` and `<name>value</name>` is judged by name."""

TEXTS = tuple((tuple(rule.cue.split("|")), re.compile(rule.what, re.DOTALL)) for rule in RULES if rule.by == "text")
"""The rows for texts: cues, and the pattern."""
