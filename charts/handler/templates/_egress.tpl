{{/*
A NetworkPolicy rule for connections to `host` and `port`: a name without dots selects pods in the same namespace; any other host may
be anywhere.
*/}}
{{- define "handler.egressTo" -}}
- ports:
    - port: {{ .port | int }}
      protocol: TCP
  {{- if not (regexMatch "[.:]" .host) }}
  to:
    - podSelector:
        matchLabels:
          app.kubernetes.io/name: {{ .host }}
  {{- end }}
{{- end }}

{{- define "handler.egressToPostgres" -}}
{{ include "handler.egressTo" (dict "host" .Values.postgres.host "port" .Values.postgres.port) }}
{{- end }}

{{/* Host and port of each URL in `env`; port 0 means that neither the URL nor its scheme specifies one. */}}
{{- define "handler.called" -}}
{{- $pattern := "^([a-z][a-z0-9+.-]*)://(?:[^/?#@]*@)?(\\[[^]]*\\]|[^:/?#]+)(?::([0-9]+))?(?:[/?#].*)?$" -}}
{{- $ports := dict "http" "80" "https" "443" "ws" "80" "wss" "443" "smtp" "587" "smtps" "465" "postgres" "5432" "postgresql" "5432" -}}
{{- $called := list -}}
{{- range $name, $value := .Values.env -}}
{{- if regexMatch $pattern $value -}}
{{- $known := get $ports (regexReplaceAll $pattern $value "${1}") -}}
{{- $port := regexReplaceAll $pattern $value "${3}" | default $known | int -}}
{{- $called = append $called (dict "name" $name "host" (regexReplaceAll $pattern $value "${2}") "port" $port) -}}
{{- end -}}
{{- end -}}
{{ toJson $called }}
{{- end }}
