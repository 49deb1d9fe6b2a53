#!/bin/sh
# Draws the secrets of docker-compose.yml into secrets/, readable by the one container that needs each and by nobody else. Run it as root in
# the folder of docker-compose.yml. What is there already stays; delete a file to have it drawn again.
#
# 在 docker-compose.yml 所在的文件夹里用 root 运行，生成 secrets/ 里的密钥；已经有的不会改。
set -eu

redis=999 desk=65532 # user numbers of the two containers, as docker-compose.yml and Dockerfile say
umask 077
mkdir -p secrets
chmod 0711 secrets

# keep NAME OWNER: what comes in, unless the file is there; owner and mode in any case.
keep() {
  [ -e "secrets/$1" ] || cat >"secrets/$1"
  chown "$2" "secrets/$1"
  chmod 0400 "secrets/$1"
}
# draw N: that many letters and digits.
draw() { LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom | head -c "$1"; }

draw 32 | keep redis_password "$redis"
printf 'redis://:%s@redis:6379/0\n' "$(cat secrets/redis_password)" | keep redis_url "$desk"
draw 24 | keep wechat_token "$desk"
draw 43 | keep wechat_aes_key "$desk"
: | keep wechat_previous_aes_key "$desk"
if [ ! -e secrets/wechat_secret ]; then
  printf 'AppSecret (empty for an unverified account / 未认证的号直接回车): ' >&2
  IFS= read -r secret
  printf '%s' "$secret" | keep wechat_secret "$desk"
fi
keep wechat_secret "$desk" </dev/null

printf '\nFor the backend of the official account / 填到公众号后台：\n  Token           %s\n  EncodingAESKey  %s\n' \
  "$(cat secrets/wechat_token)" "$(cat secrets/wechat_aes_key)"
