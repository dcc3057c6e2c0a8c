{{/* Whether the number of replicas follows the backlog; empty when min equals max. */}}
{{- define "handler.scales" -}}
{{- if ne (int .Values.scale.min) (int .Values.scale.max) }}true{{ end -}}
{{- end }}
