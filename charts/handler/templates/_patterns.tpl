{{/* Regular expressions for the broker's permissions. The dot is the only special character in names and types. */}}

{{/* Matches exactly these names. */}}
{{- define "handler.only" -}}
{{- $literals := list -}}
{{- range . }}{{ $literals = append $literals (replace "." "\\." .) }}{{ end -}}
{{- $all := join "|" $literals -}}
^{{ gt (len .) 1 | ternary (printf "(%s)" $all) $all }}$
{{- end }}

{{/* Matches the routing keys of these types: the type itself, or the type followed by further words. */}}
{{- define "handler.keysOf" -}}
{{- $literals := list -}}
{{- range . }}{{ $literals = append $literals (replace "." "\\." .) }}{{ end -}}
^({{ join "|" $literals }})(\..+)?$
{{- end }}

{{/* The routing keys that the handler may publish, by exchange. RabbitMQ allows every key on an exchange without an entry. */}}
{{- define "handler.keys" -}}
{{- $keys := dict -}}
{{- with .Values.sends }}{{ $_ := set $keys "commands" (include "handler.keysOf" .) }}{{ end -}}
{{- with .Values.emits }}{{ $_ := set $keys "events" (include "handler.keysOf" .) }}{{ end -}}
{{- with .Values.announces }}{{ $_ := set $keys "broadcast" (include "handler.keysOf" .) }}{{ end -}}
{{- $tiers := (include "handler.runtime" . | fromJson).tiers -}}
{{- if not (include "handler.keepsOrder" .) -}}
{{- $_ := set $keys "delay" (printf "^(%s)\\.%s$" (join "|" $tiers) .Release.Name) -}}
{{- end -}}
{{- $_ := set $keys "dead" (include "handler.only" (list .Release.Name)) -}}
{{- with .Values.asks }}{{ $_ := set $keys "questions" (include "handler.keysOf" .) }}{{ end -}}
{{- with .Values.answers }}{{ $_ := set $keys "replies" "^replies\\." }}{{ end -}}
{{ toJson $keys }}
{{- end }}

{{/* The queues in which the handler's processes wait for replies; empty if it asks nothing. */}}
{{- define "handler.replies" -}}
{{- if .Values.asks }}^replies\.{{ .Release.Name }}\.{{ end -}}
{{- end }}

{{/* The topic permissions of the handler's user, by exchange: the keys that it may write, and those with which it may bind its queue. */}}
{{- define "handler.topics" -}}
{{- $topics := dict -}}
{{- range $exchange, $write := include "handler.keys" . | fromJson -}}
{{- $_ := set $topics $exchange (dict "write" $write "read" "^$") -}}
{{- end -}}
{{- with include "handler.replies" . -}}
{{- $_ := set $topics "replies" (dict "write" (dig "replies" "write" "^$" $topics) "read" .) -}}
{{- end -}}
{{ toJson $topics }}
{{- end }}
