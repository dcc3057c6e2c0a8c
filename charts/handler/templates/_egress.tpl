{{/*
A NetworkPolicy rule for connections to `host` and `port`: a name without dots selects pods in the same namespace; any other host is
where networkPolicy.hosts places it, and else may be anywhere. Nothing if a policy outside of this chart allows the host.
*/}}
{{- define "handler.egressTo" -}}
{{- $hosts := .root.Values.networkPolicy.hosts -}}
{{- $beside := not (regexMatch "[.:]" .host) -}}
{{- if or $beside (get $hosts .host) (not (hasKey $hosts .host)) -}}
- ports:
    - port: {{ .port | int }}
      protocol: TCP
  {{- if $beside }}
  to:
    - podSelector:
        matchLabels:
          app.kubernetes.io/name: {{ .host }}
  {{- else }}
  {{- with get $hosts .host }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
{{- end -}}
{{- end }}

{{- define "handler.egressToPostgres" -}}
{{ include "handler.egressTo" (dict "root" . "host" .Values.postgres.host "port" .Values.postgres.port) }}
{{- end }}

{{/* Host and port of each URL in `env` that extraEnv does not replace; port 0 means that neither the URL nor its scheme specifies one. */}}
{{- define "handler.called" -}}
{{- $pattern := "^([a-z][a-z0-9+.-]*)://(?:[^/?#@]*@)?(\\[[^]]*\\]|[^:/?#]+)(?::([0-9]+))?(?:[/?#].*)?$" -}}
{{- $ports := dict "http" "80" "https" "443" "ws" "80" "wss" "443" "smtp" "587" "smtps" "465" "postgres" "5432" "postgresql" "5432" -}}
{{- $replaced := include "handler.replacedVariables" . | fromJsonArray -}}
{{- $called := list -}}
{{- range $name, $value := .Values.env -}}
{{- if and (regexMatch $pattern $value) (not (has $name $replaced)) -}}
{{- $known := get $ports (regexReplaceAll $pattern $value "${1}") -}}
{{- $port := regexReplaceAll $pattern $value "${3}" | default $known | int -}}
{{- $called = append $called (dict "name" $name "host" (regexReplaceAll $pattern $value "${2}") "port" $port) -}}
{{- end -}}
{{- end -}}
{{ toJson $called }}
{{- end }}
