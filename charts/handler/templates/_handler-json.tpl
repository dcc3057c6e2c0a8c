{{/* The file that the handler's process reads: its name and its handler.yaml. */}}
{{- define "handler.json" -}}
{{- $handler := dict "name" .Release.Name -}}
{{- range (include "handler.runtime" . | fromJson).keys -}}
{{- if hasKey $.Values . }}{{ $_ := set $handler . (get $.Values .) }}{{ end -}}
{{- end -}}
{{ toPrettyJson $handler }}
{{- end }}
