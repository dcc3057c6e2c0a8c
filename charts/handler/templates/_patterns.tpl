{{/* Regular expressions as the broker's permissions use them. Names and types hold no other special character than the dot. */}}

{{/* These names and no other. */}}
{{- define "handler.only" -}}
{{- $literals := list -}}
{{- range . }}{{ $literals = append $literals (replace "." "\\." .) }}{{ end -}}
{{- $all := join "|" $literals -}}
^{{ gt (len .) 1 | ternary (printf "(%s)" $all) $all }}$
{{- end }}

{{/* The routing keys of these types: the type itself, or the type and further words. */}}
{{- define "handler.keysOf" -}}
{{- $literals := list -}}
{{- range . }}{{ $literals = append $literals (replace "." "\\." .) }}{{ end -}}
^({{ join "|" $literals }})(\..+)?$
{{- end }}

{{/* By exchange, the routing keys that the handler may write. An exchange without a row is open to every key. */}}
{{- define "handler.keys" -}}
{{- $keys := dict -}}
{{- with .Values.sends }}{{ $_ := set $keys "commands" (include "handler.keysOf" .) }}{{ end -}}
{{- with .Values.emits }}{{ $_ := set $keys "events" (include "handler.keysOf" .) }}{{ end -}}
{{- $tiers := (include "handler.runtime" . | fromJson).tiers -}}
{{- $_ := set $keys "delay" (printf "^(%s)\\.%s$" (join "|" $tiers) .Release.Name) -}}
{{- $_ := set $keys "dead" (include "handler.only" (list .Release.Name)) -}}
{{ toJson $keys }}
{{- end }}
