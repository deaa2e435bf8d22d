#!/usr/bin/env bash
# Ends well when the process whose operations port this is says that it is ready; needs no curl.
#
#   ready.sh [port] [host] [path]
exec 2>/dev/null
exec 3<>"/dev/tcp/${2:-127.0.0.1}/${1:-9464}" || exit 1
printf 'GET %s HTTP/1.0\r\n\r\n' "${3:-/readyz}" >&3
IFS=' ' read -r -t 3 _ status _ <&3 && [ "$status" = 200 ]
