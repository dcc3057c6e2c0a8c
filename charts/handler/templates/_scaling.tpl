{{/* Whether the number of replicas follows the work: empty when min and max leave no choice. */}}
{{- define "handler.scales" -}}
{{- if ne (int .Values.scale.min) (int .Values.scale.max) }}true{{ end -}}
{{- end }}
