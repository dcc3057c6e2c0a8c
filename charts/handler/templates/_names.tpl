{{/* What the runtime says about itself, written by `npm run generate`. */}}
{{- define "handler.runtime" -}}
{{ .Files.Get "files/runtime.json" }}
{{- end }}

{{- define "handler.image" -}}
{{ .Values.image.reference | default (printf "%s/%s:%s" .Values.image.registry .Release.Name .Values.image.tag) }}
{{- end }}

{{/* The tag of the image without its digest. */}}
{{- define "handler.version" -}}
{{ .Values.image.tag | splitList "@" | first }}
{{- end }}

{{/* The Secret with the passwords of the handler and its secret variables. */}}
{{- define "handler.credentials" -}}
{{ .Values.credentials | default (printf "%s-credentials" .Release.Name) }}
{{- end }}

{{/* The role that may only look whether a timer is due. */}}
{{- define "handler.scalerRole" -}}
{{ .Release.Name }}-scaler
{{- end }}

{{/* The broker's name for who is in this cluster, in whatever namespace. */}}
{{- define "handler.brokerHost" -}}
{{ .Values.broker.name }}.{{ .Release.Namespace }}.svc
{{- end }}

{{/* The database server's name for who is in this cluster, in whatever namespace. */}}
{{- define "handler.postgresHost" -}}
{{- $host := .Values.postgres.host -}}
{{ contains "." $host | ternary $host (printf "%s.%s.svc" $host .Release.Namespace) }}
{{- end }}

{{- define "handler.brokerReference" -}}
name: {{ .Values.broker.name }}
{{- end }}
